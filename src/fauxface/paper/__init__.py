"""What is only the paper's: its tables and results, how we differ from it, and its comparison made again."""
