"""The train page's four steps: data, split, recipe, launch."""
