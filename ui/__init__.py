"""What the pages share: everything here may import Streamlit, nothing in medcore does."""
