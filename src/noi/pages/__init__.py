"""What the HTML doors share: how a page is declared and answered, how an account is shown."""
