"""`make torture`: trainings that are killed, whose disk is full, whose web server dies; none may lose anything."""
