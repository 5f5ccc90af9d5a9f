"""Exchange (liên thông): deliveries to other agencies, arrivals from them, and the statuses that come back."""
