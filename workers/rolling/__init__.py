"""Rolling the catalogue up: closed hours and days become one object each."""
