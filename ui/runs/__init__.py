"""The runs page: the table of runs, a run while it goes on, its result, its mistakes, and its way into use."""
