"""What explains the app in itself: the glossary, the terms that lead to it, and a guide for each kind of user."""
