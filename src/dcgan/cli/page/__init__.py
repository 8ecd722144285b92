"""What ``dcgan export`` and ``dcgan explore`` share: the page's options, and what it is made of."""
