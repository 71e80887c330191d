-- Usage per user, and in total, over all time.
SELECT
  CASE WHEN GROUPING("user") = 1 THEN 'total' ELSE "user" END AS "user",
  SUM(usage) AS total_usage
FROM daily_user_summaries
GROUP BY GROUPING SETS (("user"), ())
ORDER BY GROUPING("user"), "user"
