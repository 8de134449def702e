"""The contracts, pure: what sources send (pydantic) and what the lake publishes (pyarrow)."""
