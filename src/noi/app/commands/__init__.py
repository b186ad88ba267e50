"""The commands of `noi`, one noun or verb a file; each is imported only when it is run."""
