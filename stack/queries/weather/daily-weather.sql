-- The days in the dataset, by location: how much was measured, and the extremes.
SELECT
  location,
  "date",
  COUNT(DISTINCT device_id) AS devices,
  SUM(samples) AS samples,
  MIN(temperature_min) AS temperature_min,
  MAX(temperature_max) AS temperature_max,
  MAX(wind_speed_max) AS wind_speed_max,
  MAX(rainfall_24hr_max) AS rainfall_24hr_max
FROM weather_summaries
GROUP BY location, "date"
ORDER BY location, "date"
