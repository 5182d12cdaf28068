"""What is served over HTTP, and reports as one page: pages, forms and the sign-in of the status page, health and metrics; what they tell is made in `status`."""
