"""Tables, models and scores that several topics share."""
