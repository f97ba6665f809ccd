"""What makes a report worth signing: its facts can be held against the files again, and found again."""
