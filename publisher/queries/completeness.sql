-- How many things of a class have a property, once or more.
SELECT class, property, count(DISTINCT said.s) AS n
FROM said JOIN (SELECT s, o AS class FROM said WHERE p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>') AS typed USING (s)
  JOIN (SELECT unnest($classes) AS class, unnest($properties) AS property) AS wanted USING (class)
WHERE p = property
GROUP BY class, property
