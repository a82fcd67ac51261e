<?php
// WordPress and WooCommerce as far as edge-clv.php needs them. Standard input is a request in JSON,
// standard output what came of it.

$request  = json_decode( file_get_contents( 'php://stdin' ), true );
$headers  = array();
$enqueued = array();
$hooks    = array();

define( 'ABSPATH', '/' );

function add_action( $name, $function ) {
	global $hooks;
	$hooks[ $name ] = $function;
}

function add_shortcode( $name, $function ) {
	add_action( "shortcode $name", $function );
}

// As WordPress: the outermost shortcodes, each with what is between its tags.
function do_shortcode( $content ) {
	return preg_replace_callback(
		'~\[(edge_clv|edge_clv_for)( [^]]*)?\](.*?)\[/\1\]~s',
		function ( $found ) {
			global $hooks;
			preg_match_all( '~(\w+)="([^"]*)"~', $found[2], $pairs );
			$attributes = $pairs[1] ? array_combine( $pairs[1], $pairs[2] ) : '';
			return $hooks[ "shortcode $found[1]" ]( $attributes, $found[3] );
		},
		$content
	);
}

function shortcode_atts( $known, $given ) {
	return array_merge( $known, array_intersect_key( (array) $given, $known ) );
}

function admin_url( $path ) {
	return "/wp-admin/$path";
}

function plugins_url( $path, $file ) {
	return '/wp-content/plugins/' . basename( dirname( $file ) ) . "/$path";
}

function add_query_arg( $key, $value, $url ) {
	return "$url?$key=$value&lang=en";
}

function esc_url( $url ) {
	return str_replace( array( '&', '"', '<', '>' ), array( '&#038;', '', '', '' ), $url );
}

function esc_attr( $text ) {
	return htmlspecialchars( $text, ENT_QUOTES );
}

function wp_enqueue_script_module( $id, $url ) {
	global $enqueued;
	$enqueued[ $id ] = $url;
}

function get_current_user_id() {
	global $request;
	return $request['user'] ?? 0;
}

function nocache_headers() {
	global $headers;
	$headers['Cache-Control'] = 'no-cache, must-revalidate, max-age=0';
}

function wp_send_json( $body, $status = 200 ) {
	global $sent;
	$sent = array( 'status' => $status, 'body' => $body );
	throw new Exception( 'the request ends here' );
}

function wp_date( $format ) {
	global $request;
	$now = new DateTime( $request['now'] );
	return $now->setTimezone( new DateTimeZone( $request['zone'] ) )->format( $format );
}

function wc_get_is_paid_statuses() {
	return array( 'processing', 'completed' );
}

class Stub_Date {
	private $at;

	public function __construct( $at ) {
		global $request;
		$this->at = new DateTime( $at );
		$this->at->setTimezone( new DateTimeZone( $request['zone'] ) );
	}

	public function date( $format ) {
		return $this->at->format( $format );
	}
}

class Stub_Order {
	public $values;

	public function __construct( $values ) {
		$this->values = $values;
	}

	public function get_date_created() {
		return $this->values['at'] ? new Stub_Date( $this->values['at'] ) : null;
	}

	// WooCommerce keeps amounts as text.
	public function get_total() {
		return $this->values['total'];
	}

	public function get_total_refunded() {
		return (float) $this->values['refunded'];
	}
}

// The latest first, as WooCommerce has them.
function wc_get_orders( $query ) {
	global $request;
	assert( -1 === $query['limit'] && 'shop_order' === $query['type'] );
	$orders = array();
	foreach ( array_reverse( $request['orders'][ $query['customer_id'] ] ?? array() ) as $order ) {
		if ( in_array( $order['status'], $query['status'], true ) ) {
			$orders[] = new Stub_Order( $order );
		}
	}
	return $orders;
}

foreach ( $request['headers'] ?? array() as $name => $value ) {
	$_SERVER[ 'HTTP_' . strtoupper( strtr( $name, '-', '_' ) ) ] = $value;
}
// PHP's own warnings are failures.
set_error_handler(
	function ( $level, $what, $file, $line ) {
		throw new ErrorException( "$what at $file:$line" );
	}
);

// PHP does not send headers here; the plugin's are read from its source's own calls.
$source = file_get_contents( $argv[1] );
$plugin = preg_replace( '~\bheader\(~', 'stub_header(', $source );

function stub_header( $line, $replace = true ) {
	global $headers;
	list( $name, $value ) = explode( ': ', $line, 2 );
	$kept                 = $replace || ! isset( $headers[ $name ] ) ? '' : "$headers[$name], ";
	$headers[ $name ]     = $kept . $value;
}

eval( '?>' . str_replace( '__FILE__', var_export( $argv[1], true ), $plugin ) );

if ( isset( $request['page'] ) ) {
	$html = do_shortcode( $request['page'] );
	echo json_encode( array( 'html' => $html, 'modules' => $enqueued, 'headers' => (object) $headers ) );
} elseif ( isset( $request['profiles'] ) ) {
	$profiles = array();
	foreach ( array_keys( $request['orders'] ) as $customer ) {
		$profiles[ $customer ] = edge_clv_profile( $customer );
	}
	echo json_encode( (object) $profiles );
} else {
	// As a server that compresses sends it.
	$headers['Vary'] = 'Accept-Encoding';
	$action = ( get_current_user_id() ? 'wp_ajax_' : 'wp_ajax_nopriv_' ) . $request['action'];
	try {
		$hooks[ $action ]();
	} catch ( Exception $ended ) {
		if ( ! isset( $sent ) ) {
			throw $ended;
		}
	}
	echo json_encode( $sent + array( 'headers' => $headers ) );
}
