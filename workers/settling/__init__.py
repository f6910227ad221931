"""What settling a batch needs: the day of a task, told orders, bells, and the run in place of a young batch."""
