"""Where things are kept, who holds them, and for how long."""
