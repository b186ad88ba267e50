"""What activities of others do here: one verb a file, each with a function `handle`."""
