// SPDX-License-Identifier: UNLICENSED
pragma solidity ^0.8.20;

import {ReentrancyGuard} from "@openzeppelin/contracts/security/ReentrancyGuard.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title The escrow contract that the demo, the tests and the `reference` profile speak of
/// @notice Holds a seller's ETH or ERC-20 tokens while the buyer pays outside the chain. The id of an escrow is the trade
/// key of the marketplace's order, chosen by the seller who creates it.
///
///     PendingDeposit -> Funded -> Locked -> Released | Refunded
///     PendingDeposit | Funded -> CancelledByBuyer | CancelledBySeller
///     Funded | Locked -> Refunded (past the deadline) | Disputed -> ResolvedBuyer | ResolvedSeller | Split
///
/// @dev Every transition has one event of its own, except {beneficiaryWithdraw}, which has none on purpose.
/// ETH is pushed, so a payee contract that refuses ETH can hold up its own escrow, and no other.
contract ReferenceEscrow is ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// @dev The order is part of the interface: `escrowOf` returns these as numbers.
    enum State {
        None,
        PendingDeposit,
        Funded,
        Locked,
        Released,
        Refunded,
        CancelledByBuyer,
        CancelledBySeller,
        Disputed,
        ResolvedBuyer,
        ResolvedSeller,
        Split
    }

    struct Escrow {
        State state;
        address seller;
        uint64 depositDeadline;
        address buyer;
        uint64 deadline;
        address token;
        uint256 amount;
        uint256 balance;
    }

    /// @notice Decides disputes; can move a disputed escrow's money to its parties and nothing else.
    address public immutable arbiter;

    mapping(bytes32 id => Escrow) private _escrows;

    /// @param token The ERC-20 contract, or the zero address for ETH.
    /// @param amount What the seller must deposit, in the token's smallest unit.
    /// @param depositDeadline The last second (Unix time) in which the deposit is accepted.
    /// @param deadline The second (Unix time) after which anyone may return the deposit to the seller.
    event EscrowCreated(
        bytes32 indexed id,
        address indexed seller,
        address indexed buyer,
        address token,
        uint256 amount,
        uint64 depositDeadline,
        uint64 deadline
    );
    /// @param amount What came in.
    event EscrowFunded(bytes32 indexed id, uint256 amount);
    /// @param amount What is held.
    event EscrowLocked(bytes32 indexed id, address indexed by, uint256 amount);
    /// @param amount What went to the buyer.
    event EscrowReleased(bytes32 indexed id, address indexed buyer, uint256 amount);
    /// @param amount What went back to the seller.
    event EscrowRefunded(bytes32 indexed id, address indexed seller, uint256 amount);
    /// @param amount What went back to the seller; zero if nothing had been deposited.
    event EscrowCancelledByBuyer(bytes32 indexed id, address indexed buyer, uint256 amount);
    /// @param amount What went back to the seller; zero if nothing had been deposited.
    event EscrowCancelledBySeller(bytes32 indexed id, address indexed seller, uint256 amount);
    /// @notice The deadline passed and the deposit went back; the escrow's state is `Refunded`.
    /// @param amount What went back to the seller.
    event EscrowExpired(bytes32 indexed id, address indexed by, uint256 amount);
    /// @param amount What is held while the arbiter decides.
    event EscrowDisputed(bytes32 indexed id, address indexed by, uint256 amount);
    /// @param amount What went to the buyer.
    event EscrowResolvedToBuyer(bytes32 indexed id, address indexed buyer, uint256 amount);
    /// @param amount What went to the seller.
    event EscrowResolvedToSeller(bytes32 indexed id, address indexed seller, uint256 amount);
    event EscrowSplit(bytes32 indexed id, uint256 toBuyer, uint256 toSeller);

    error EscrowExists(bytes32 id);
    error WrongState(bytes32 id, State state);
    error NotAllowed(bytes32 id, address caller);
    error InvalidParties(address seller, address buyer);
    error InvalidAmount(uint256 amount);
    error InvalidDeadlines(uint64 depositDeadline, uint64 deadline);
    error DepositDeadlinePassed(bytes32 id, uint64 depositDeadline);
    error DeadlineNotReached(bytes32 id, uint64 deadline);
    /// @dev Wrong ETH value, or a token that keeps a part of each transfer.
    error WrongDeposit(bytes32 id, uint256 expected, uint256 received);
    error SplitNotConserved(bytes32 id, uint256 balance, uint256 asked);
    error EthTransferFailed(address to, uint256 amount);

    constructor(address arbiter_) {
        arbiter = arbiter_;
    }

    /// @notice Announces an escrow; the caller is its seller. No money moves yet.
    function create(
        bytes32 id,
        address buyer,
        address token,
        uint256 amount,
        uint64 depositDeadline,
        uint64 deadline
    ) external {
        if (_escrows[id].state != State.None) revert EscrowExists(id);
        if (buyer == address(0) || buyer == msg.sender) revert InvalidParties(msg.sender, buyer);
        if (amount == 0) revert InvalidAmount(amount);
        if (depositDeadline < block.timestamp || deadline < depositDeadline) {
            revert InvalidDeadlines(depositDeadline, deadline);
        }
        _escrows[id] = Escrow({
            state: State.PendingDeposit,
            seller: msg.sender,
            depositDeadline: depositDeadline,
            buyer: buyer,
            deadline: deadline,
            token: token,
            amount: amount,
            balance: 0
        });
        emit EscrowCreated(id, msg.sender, buyer, token, amount, depositDeadline, deadline);
    }

    /// @notice The seller deposits exactly the amount: ETH with the call, or tokens approved beforehand.
    function fund(bytes32 id) external payable nonReentrant {
        Escrow storage escrow = _escrows[id];
        _requireState(id, escrow.state == State.PendingDeposit);
        _requireCaller(id, escrow.seller);
        if (block.timestamp > escrow.depositDeadline) revert DepositDeadlinePassed(id, escrow.depositDeadline);

        uint256 amount = escrow.amount;
        address token = escrow.token;
        uint256 value = token == address(0) ? amount : 0;
        if (msg.value != value) revert WrongDeposit(id, value, msg.value);
        escrow.state = State.Funded;
        escrow.balance = amount;
        emit EscrowFunded(id, amount);

        if (token == address(0)) return;
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert WrongDeposit(id, amount, received);
    }

    /// @notice Either party ends the time in which both may still cancel; the buyer should pay only after this.
    function lock(bytes32 id) external {
        Escrow storage escrow = _escrows[id];
        _requireState(id, escrow.state == State.Funded);
        _requireParty(id, escrow);
        escrow.state = State.Locked;
        emit EscrowLocked(id, msg.sender, escrow.balance);
    }

    /// @notice The seller has been paid and hands the deposit to the buyer.
    function release(bytes32 id) external nonReentrant {
        Escrow storage escrow = _escrows[id];
        _requireState(id, escrow.state == State.Locked);
        _requireCaller(id, escrow.seller);
        uint256 amount = _close(escrow, State.Released);
        emit EscrowReleased(id, escrow.buyer, amount);
        _pay(escrow.token, escrow.buyer, amount);
    }

    /// @notice The buyer gives a locked deposit back to the seller. (Past the deadline, {expire} does it for anyone.)
    function refund(bytes32 id) external nonReentrant {
        Escrow storage escrow = _escrows[id];
        _requireState(id, escrow.state == State.Locked);
        _requireCaller(id, escrow.buyer);
        uint256 amount = _close(escrow, State.Refunded);
        emit EscrowRefunded(id, escrow.seller, amount);
        _pay(escrow.token, escrow.seller, amount);
    }

    /// @notice The buyer steps back before the lock; a deposit returns to the seller.
    function cancelByBuyer(bytes32 id) external nonReentrant {
        Escrow storage escrow = _escrows[id];
        _requireState(id, _isBeforeLock(escrow.state));
        _requireCaller(id, escrow.buyer);
        uint256 amount = _close(escrow, State.CancelledByBuyer);
        emit EscrowCancelledByBuyer(id, msg.sender, amount);
        _pay(escrow.token, escrow.seller, amount);
    }

    /// @notice The seller steps back before the lock and takes a deposit back.
    function cancelBySeller(bytes32 id) external nonReentrant {
        Escrow storage escrow = _escrows[id];
        _requireState(id, _isBeforeLock(escrow.state));
        _requireCaller(id, escrow.seller);
        uint256 amount = _close(escrow, State.CancelledBySeller);
        emit EscrowCancelledBySeller(id, msg.sender, amount);
        _pay(escrow.token, escrow.seller, amount);
    }

    /// @notice Anyone may return the deposit to the seller past the deadline. A buyer who has paid disputes before it.
    function expire(bytes32 id) external nonReentrant {
        Escrow storage escrow = _escrows[id];
        _requireState(id, _isDisputable(escrow.state));
        if (block.timestamp <= escrow.deadline) revert DeadlineNotReached(id, escrow.deadline);
        uint256 amount = _close(escrow, State.Refunded);
        emit EscrowExpired(id, msg.sender, amount);
        _pay(escrow.token, escrow.seller, amount);
    }

    /// @notice Either party asks the arbiter to decide.
    function dispute(bytes32 id) external {
        Escrow storage escrow = _escrows[id];
        _requireState(id, _isDisputable(escrow.state));
        _requireParty(id, escrow);
        escrow.state = State.Disputed;
        emit EscrowDisputed(id, msg.sender, escrow.balance);
    }

    /// @notice The arbiter gives the whole deposit to one party.
    function resolve(bytes32 id, bool toBuyer) external nonReentrant {
        Escrow storage escrow = _escrows[id];
        _requireState(id, escrow.state == State.Disputed);
        _requireCaller(id, arbiter);
        uint256 amount = _close(escrow, toBuyer ? State.ResolvedBuyer : State.ResolvedSeller);
        address winner = toBuyer ? escrow.buyer : escrow.seller;
        if (toBuyer) emit EscrowResolvedToBuyer(id, winner, amount);
        else emit EscrowResolvedToSeller(id, winner, amount);
        _pay(escrow.token, winner, amount);
    }

    /// @notice The arbiter divides the deposit; the two parts must add up to it.
    function split(bytes32 id, uint256 toBuyer, uint256 toSeller) external nonReentrant {
        Escrow storage escrow = _escrows[id];
        _requireState(id, escrow.state == State.Disputed);
        _requireCaller(id, arbiter);
        uint256 amount = _close(escrow, State.Split);
        if (toBuyer + toSeller != amount) revert SplitNotConserved(id, amount, toBuyer + toSeller);
        emit EscrowSplit(id, toBuyer, toSeller);
        _pay(escrow.token, escrow.buyer, toBuyer);
        _pay(escrow.token, escrow.seller, toSeller);
    }

    /// @notice The seller takes an unlocked deposit back, and no event tells it; the escrow's state is `Refunded`.
    /// @dev Here on purpose: contracts in use do this (OpenZeppelin's `RefundEscrow.beneficiaryWithdraw` pays without an
    /// event), so whoever follows a contract by its logs alone must be seen to miss it, and whoever reads its state must not.
    function beneficiaryWithdraw(bytes32 id) external nonReentrant {
        Escrow storage escrow = _escrows[id];
        _requireState(id, escrow.state == State.Funded);
        _requireCaller(id, escrow.seller);
        uint256 amount = _close(escrow, State.Refunded);
        _pay(escrow.token, escrow.seller, amount);
    }

    /// @notice The true state of an escrow; all zero if there is none with this id.
    function escrowOf(bytes32 id)
        external
        view
        returns (State state, address seller, address buyer, address token, uint256 amount, uint256 balance)
    {
        Escrow storage escrow = _escrows[id];
        return (escrow.state, escrow.seller, escrow.buyer, escrow.token, escrow.amount, escrow.balance);
    }

    /// @notice The deadlines of an escrow (Unix time, seconds); zero if there is none with this id.
    function deadlinesOf(bytes32 id) external view returns (uint64 depositDeadline, uint64 deadline) {
        return (_escrows[id].depositDeadline, _escrows[id].deadline);
    }

    function _isBeforeLock(State state) private pure returns (bool) {
        return state == State.PendingDeposit || state == State.Funded;
    }

    function _isDisputable(State state) private pure returns (bool) {
        return state == State.Funded || state == State.Locked;
    }

    function _requireState(bytes32 id, bool legal) private view {
        if (!legal) revert WrongState(id, _escrows[id].state);
    }

    function _requireCaller(bytes32 id, address allowed) private view {
        if (msg.sender != allowed) revert NotAllowed(id, msg.sender);
    }

    function _requireParty(bytes32 id, Escrow storage escrow) private view {
        if (msg.sender != escrow.seller && msg.sender != escrow.buyer) revert NotAllowed(id, msg.sender);
    }

    /// @dev All effects of an ending, before any payment: a payee that calls back finds an ended, empty escrow.
    function _close(Escrow storage escrow, State state) private returns (uint256 amount) {
        amount = escrow.balance;
        escrow.balance = 0;
        escrow.state = state;
    }

    function _pay(address token, address to, uint256 amount) private {
        if (amount == 0) return;
        if (token != address(0)) {
            IERC20(token).safeTransfer(to, amount);
            return;
        }
        (bool sent,) = to.call{value: amount}("");
        if (!sent) revert EthTransferFailed(to, amount);
    }
}
