-- The SHACL instances of a class: of itself, or of one that is below it (W3C « Shapes Constraint Language », §1.1).
SELECT s AS node FROM said
WHERE p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>' AND o IN (
  WITH RECURSIVE classes AS (
    SELECT {class_} AS class
    UNION
    SELECT s FROM said JOIN classes ON o = class WHERE p = '<http://www.w3.org/2000/01/rdf-schema#subClassOf>'
  )
  SELECT class FROM classes
)
