"""What the routes for people and those for programs both call: judging, clips, what follows an answer, access."""
