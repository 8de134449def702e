"""Finding what was said: by an index where there can be one, else by reading the lake; both find the same."""
