"""The door of other servers: ActivityPub in."""
