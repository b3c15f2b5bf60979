-- How many things of a class have a property, once or more. Distinct rows, unlike distinct counts, need not all be in memory.
WITH
  wanted AS (SELECT unnest($classes) AS class, unnest($properties) AS property),
  typed AS (
    SELECT s, o AS class FROM said
    WHERE p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>' AND o IN (SELECT class FROM wanted)
  ),
  described AS (SELECT DISTINCT s, p AS property FROM said WHERE p IN (SELECT property FROM wanted))
SELECT class, property, count(*) AS n
FROM described JOIN typed USING (s) JOIN wanted USING (class, property)
GROUP BY class, property
