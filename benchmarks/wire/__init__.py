"""What the benchmarks of downloading share: a web server over TLS, a delay line, sets of files, and the rivals."""
