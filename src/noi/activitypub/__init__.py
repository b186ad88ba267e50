"""What is spoken between servers, pure: vocabulary, reading, writing, signatures."""
