"""The only place that joins the stages: discover, plan, fetch, read, publish (DESIGN section 3)."""
