"""Who may do what: the least rights of every service at Kafka and Redis, written, granted and checked."""
