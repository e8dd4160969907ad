
rfm*RFM: recency, frequency and monetary valued
recency_days
	purchases
spend_total:recency_days_30d_ago:purchases_30d_ago:spend_total_30d_ago0Š@@Zrecency_days_30d_agobpurchases_30d_agojspend_total_30d_ago