"""What the figures in the README and the cards come from."""
