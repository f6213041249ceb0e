"""What is made, opened or registered in each call."""
