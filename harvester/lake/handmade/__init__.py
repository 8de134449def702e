"""What people put right by hand: small CSV files, what their rows mean, and whether they fit the lake."""
