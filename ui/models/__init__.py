"""The models page's parts: figures as bars, pictures of the test, and the card's words by section."""
