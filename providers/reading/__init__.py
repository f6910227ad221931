"""What a body of bytes says, in our words: pieces that the providers' readers share."""
