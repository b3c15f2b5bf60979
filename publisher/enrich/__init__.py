"""What outside sources know of the companies of the directory: read, proposed to a person, never merged unread."""
