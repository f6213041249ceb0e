"""How many values keys and elements may take, and what drives them."""
