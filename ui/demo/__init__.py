"""The guided tour for those who read no films: a small file a step, and what the steps share."""
