<?php
/**
 * Plugin Name: edge-clv offers
 * Description: Shows customers of WooCommerce an offer by what they are worth over the next months. Scored in the page; nothing is sent anywhere.
 * Version: 0.1.0
 * Requires at least: 6.5
 * Requires PHP: 7.4
 * Requires Plugins: woocommerce
 * License: MIT OR Apache-2.0
 *
 * Safe with page caches: what the shortcode prints is the same for everybody and may be cached. The
 * profile comes by a request of its own, which goes by the visitor's cookie and is never stored.
 *
 *   [edge_clv]
 *     [edge_clv_for segment="vip"]<p>Your private sale is open.</p>[/edge_clv_for]
 *   [/edge_clv]
 */

defined( 'ABSPATH' ) || exit;

const EDGE_CLV_ACTION = 'edge_clv_profile';

add_shortcode( 'edge_clv', 'edge_clv_offers' );
add_shortcode( 'edge_clv_for', 'edge_clv_offer' );
add_action( 'wp_ajax_' . EDGE_CLV_ACTION, 'edge_clv_answer' );
add_action( 'wp_ajax_nopriv_' . EDGE_CLV_ACTION, 'edge_clv_answer' );

// Orders are asked of WooCommerce alone, wherever it keeps them.
add_action(
	'before_woocommerce_init',
	function () {
		if ( class_exists( '\Automattic\WooCommerce\Utilities\FeaturesUtil' ) ) {
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'custom_order_tables', __FILE__ );
		}
	}
);

/** The place of the offers; it says nothing of the visitor. */
function edge_clv_offers( $attributes, $content = '' ) {
	$source = add_query_arg( 'action', EDGE_CLV_ACTION, admin_url( 'admin-ajax.php' ) );
	wp_enqueue_script_module( 'edge-clv', plugins_url( 'offers.js', __FILE__ ), array(), '0.1.0' );
	return sprintf(
		'<clv-score hidden headless data-profile="%s">%s</clv-score>',
		esc_url( $source ),
		do_shortcode( $content )
	);
}

/** What one segment is shown, in the slot of the segment's name. */
function edge_clv_offer( $attributes, $content = '' ) {
	$attributes = shortcode_atts( array( 'segment' => '' ), $attributes, 'edge_clv_for' );
	return sprintf(
		'<div slot="%s">%s</div>',
		esc_attr( $attributes['segment'] ),
		do_shortcode( $content )
	);
}

/**
 * Answers with the profile of whoever's cookie it is, or null for guests and who never bought.
 *
 * It changes nothing, so it asks for no nonce, which a cached page could not carry: a nonce belongs
 * to one visitor and expires. The header keeps other sites from asking, since their pages may
 * not send it without leave.
 */
function edge_clv_answer() {
	nocache_headers();
	header( 'Cache-Control: private, no-store' );
	// Beside what others answer by.
	header( 'Vary: Cookie', false );
	header( 'X-Content-Type-Options: nosniff' );
	if ( ! isset( $_SERVER['HTTP_X_EDGE_CLV'] ) ) {
		wp_send_json( array( 'error' => 'the header X-Edge-CLV is missing' ), 403 );
	}
	$customer = get_current_user_id();
	wp_send_json( array( 'profile' => $customer ? edge_clv_profile( $customer ) : null ) );
}

/**
 * The profile of a customer, by the rules of `clv summary --format woocommerce`: all orders of one
 * day, in the time zone of the site, are one purchase; refunds are taken off the order's own
 * day, and a day of which nothing remains is none; orders that were not paid do not count.
 */
function edge_clv_profile( $customer ) {
	$orders = wc_get_orders(
		array(
			'customer_id' => $customer,
			'type'        => 'shop_order',
			'status'      => array_merge( wc_get_is_paid_statuses(), array( 'refunded' ) ),
			'limit'       => -1,
		)
	);
	$days   = array();
	foreach ( $orders as $order ) {
		$date = $order->get_date_created();
		if ( ! $date ) {
			continue;
		}
		$day            = $date->date( 'Y-m-d' );
		$refund         = edge_clv_cents( $order->get_total_refunded() );
		$days          += array( $day => array( 0, false ) );
		$days[ $day ][0] += edge_clv_cents( $order->get_total() ) - $refund;
		$days[ $day ][1]  = $days[ $day ][1] || $refund > 0;
	}
	ksort( $days );
	$cents = array();
	foreach ( $days as $day => list( $left, $refunded ) ) {
		// What was given away, 0.00 without a refund, is a purchase.
		if ( $left > 0 || ! $refunded ) {
			$cents[ $day ] = $left;
		}
	}
	if ( ! $cents ) {
		return null;
	}
	$bought  = array_keys( $cents );
	$repeats = array_slice( $cents, 1 );
	$profile = array(
		'frequency' => count( $repeats ),
		'recency'   => edge_clv_days( $bought[0], end( $bought ) ),
		'T'         => edge_clv_days( $bought[0], wp_date( 'Y-m-d' ) ),
	);
	if ( array_sum( $repeats ) > 0 ) {
		$profile['monetary_value'] = array_sum( $repeats ) / ( 100 * count( $repeats ) );
	}
	return $profile;
}

function edge_clv_cents( $amount ) {
	return (int) round( 100 * (float) $amount );
}

/** Days from one calendar day to a later one, whatever the clocks did meanwhile. */
function edge_clv_days( $from, $to ) {
	$utc = new DateTimeZone( 'UTC' );
	return ( new DateTime( $from, $utc ) )->diff( new DateTime( $to, $utc ) )->days;
}
