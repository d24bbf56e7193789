"""The spellings of libraries, a file for each."""
