"""Small pictures for the console, made when somebody wishes for them and nothing else is to be done."""
