-- How many things there are of each class.
SELECT o AS key, count(*) AS n FROM said WHERE p = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>' AND starts_with(o, '<') GROUP BY o
