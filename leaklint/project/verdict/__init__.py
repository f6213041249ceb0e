"""Growth against bounds: the verdict on every container, and its words."""
