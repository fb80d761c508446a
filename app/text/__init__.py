"""Text as printed, in Chinese and English: its numbers, hedges, periods and quotes, and what it claims."""
