"""What the world sees of a release: resource documents, SPARQL, catalog, pages."""
