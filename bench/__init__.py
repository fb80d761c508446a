"""The benchmark: the same synthetic facts behind our server and behind what a user would pick instead."""
