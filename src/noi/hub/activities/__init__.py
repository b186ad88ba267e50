"""What other servers send to a hub, a type of activity each."""
