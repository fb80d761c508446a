"""Where releases are: which one is current, which are kept, how one is read, and how one is written."""
