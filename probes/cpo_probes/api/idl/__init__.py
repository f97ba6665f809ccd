"""Interface definition languages: OMG, UNO, and Microsoft for COM."""
