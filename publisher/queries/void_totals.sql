-- Triples, entities (IRIs with a type), distinct subjects, objects, properties and classes.
SELECT
  count(*) AS triples,
  count(DISTINCT s) FILTER (p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>' AND starts_with(s, '<')) AS entities,
  count(DISTINCT s) AS subjects,
  count(DISTINCT o) AS objects,
  count(DISTINCT p) AS properties,
  count(DISTINCT o) FILTER (p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>') AS classes
FROM said
